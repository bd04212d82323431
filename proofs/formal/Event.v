(** * Event: the probability of the bad event, as in S4.

    [layer_prob]: the matching of each layer fails with probability at most [beta t], whatever the layers before it are
    (G1 for carriers, accumulators, merges and the input split; G2 and G3 for read-outs).
    [digit_prob]: the top e digits of (i, o, j) are all without a + with probability at most 4^-e.
    [bad_prob]: together, the bad event has probability at most [match_sum] + [digit_sum]. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Expansion Probability Pool Network Plan.
Import ListNotations.
Open Scope nat_scope.

Section Event.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation e := (p_e T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : 1 <= l.
Hypothesis Hsizes : sizes T.
Set Default Proof Using "All".

Definition wdt : nat -> nat := shape (dims 0) N L (dims l).
Definition coords : list coord := coords_of wdt L.
Definition layer (c : coord) : nat := fst (fst c).

Lemma coords_nd : NoDup coords. Proof. apply coords_NoDup. Qed.
Lemma wdt_in t : 0 < t < L -> wdt t = N.
Proof. intros. unfold wdt, shape. destruct (Nat.eqb_spec t 0), (Nat.eqb_spec t L); lia. Qed.
Lemma wdt_out : wdt L = dims l.
Proof. unfold wdt, shape, depth. cbn [Nat.eqb Nat.add]. rewrite Nat.eqb_refl. auto. Qed.

(** ** placements, for all signs *)
Lemma not_last_before t : S (S t) < L -> ~ last_read T t.
Proof.
  intros Ht (i & Hk & Hi). destruct (time_cases T t ltac:(lia)) as [->|(i' & k & Hi' & Hk' & ->)]; [discriminate|].
  rewrite kind_time in Hk by auto. destruct (Nat.ltb_spec k K); [discriminate|].
  destruct (Nat.eqb_spec k K); [discriminate|]. injection Hk as ->. assert (k = S K) by lia. subst k.
  rewrite time_S, time_next, Hi in Ht. pose proof (time_last T). lia.
Qed.
Lemma pl_inj t w a b : S t < L -> In a (slots T t) -> In b (slots T t) -> place T t w a = place T t w b -> a = b.
Proof.
  destruct t as [|t]; intros Ht Ha Hb Eq.
  - cbn [slots] in *. apply in_us_gen in Ha as [i [-> _]], Hb as [j [-> _]]. cbn in Eq. congruence.
  - apply (place_inj T Hsizes l_pos t w); auto; try lia. right. apply not_last_before; auto.
Qed.
Lemma pl_lt t w a : S t < L -> In a (slots T t) -> place T t w a < wdt t.
Proof.
  destruct t as [|t]; intros Ht Ha.
  - cbn [slots] in Ha. apply in_us_gen in Ha as [i [-> Hi]]. exact Hi.
  - rewrite wdt_in by lia. apply (place_lt T Hsizes l_pos); auto; try lia. right. apply not_last_before; auto.
Qed.

Lemma reads_layer t c : S t < L -> reads T t c -> layer c = t \/ (layer c = S t /\ last_read T t).
Proof.
  destruct c as [[a r] cc]. unfold reads, layer, last_read. cbn [fst]. intros Ht.
  destruct (kind_of T t) as [|i k|i|i]; intros H; try (left; lia).
  destruct H as [->|[H ->]]; auto. right. split; auto. exists i. auto.
Qed.

(** ** slots and their required edges *)
Lemma sU i k j : i < l -> k < K -> (In (U j) (slots T (time T i k)) <-> j < ins T i).
Proof.
  intros Hi Hk. destruct k as [|k].
  - unfold time. rewrite Nat.add_0_r. cbn [slots]. destruct i as [|i].
    + cbn [Nat.mul]. unfold tslots. cbn [kind_of]. rewrite in_split. unfold ins. cbn [Nat.eqb].
      split; [intros [j' [E H]]; injection E as ->; lia|intros; exists j; split; [auto|lia]].
    + replace (S i * (K + 2)) with (time T i (S K)) by (unfold time; lia).
      unfold tslots. rewrite kind_read. destruct (Nat.eqb_spec (S i) l); [lia|].
      rewrite app_nil_r, in_us. unfold ins, outs. cbn. tauto.
  - rewrite <- time_S. cbn [slots]. unfold tslots. rewrite kind_stage by lia. rewrite in_app_iff, in_app_iff.
    unfold stage_us. destruct (Nat.ltb_spec (S k) K); [|lia]. rewrite in_us, in_accs, in_accs'.
    split; [intros [H'|[[o [E _]]|[o [E _]]]]; auto; discriminate|auto].
Qed.
Lemma sA i k o : i < l -> 1 <= k <= K -> o <= outs T i ->
  In (A o) (slots T (time T i k)) /\ In (A' o) (slots T (time T i k)).
Proof.
  intros Hi Hk Ho. destruct k as [|k]; [lia|]. rewrite <- time_S. cbn [slots]. unfold tslots.
  rewrite kind_stage by lia. rewrite !in_app_iff, !in_accs, !in_accs'. split; right; [left|right]; exists o; auto.
Qed.
Lemma sM i o : o <= outs T i -> In (A o) (slots T (time T i (S K))).
Proof. intros Ho. rewrite <- time_S. cbn [slots]. unfold tslots. rewrite kind_merge, in_accs. eauto. Qed.

(** coordinates of layer t and after *)
Definition from (t : nat) : list coord := filter (fun c => t <=? layer c) coords.
Lemma from_nd t : NoDup (from t). Proof. apply NoDup_filter, coords_nd. Qed.
Lemma in_from t a r c : In (a, r, c) (from t) <-> t <= a < L /\ r < wdt (S a) /\ c < wdt a.
Proof.
  unfold from. rewrite filter_In. unfold layer. cbn [fst]. rewrite Nat.leb_le. unfold coords. rewrite in_coords. lia.
Qed.

Lemma badlayer_fixed t w w' : S t < L -> agree (from t) w w' ->
  badlayer T t w' = layerfail T t (place T t w) w'.
Proof.
  intros Ht A. unfold badlayer.
  rewrite (place_agree T Hsizes l_pos t w w'); auto; [lia|].
  intros t' [[a r] c] Ht' Hr. apply A. rewrite in_from. intros [X _].
  apply reads_layer in Hr as [Hr|[Hr X']]; [| |lia]; unfold layer in Hr; cbn in Hr; [lia|].
  apply (not_last_before t'); auto. lia.
Qed.

Open Scope R_scope.
(** it is enough to bound the failure of layer t for each fixed placement before it *)
Lemma layer_cond t b w : (S t < L)%nat ->
  (forall w, E (from t) (fun w' => ind (layerfail T t (place T t w) w')) w <= b) ->
  E coords (fun w => ind (badlayer T t w)) w <= b.
Proof.
  intros Ht H. apply (E_cond (from t)); auto using from_nd, coords_nd.
  - intros c Hc. unfold from in Hc. apply filter_In in Hc. tauto.
  - intros w1. rewrite (E_ext _ _ (fun w' => ind (layerfail T t (place T t w1) w'))); auto.
    intros w2 A. f_equal. apply badlayer_fixed; auto.
Qed.

(** one group whose slots need k edges each, all of them fresh *)
Lemma group_prob t w0 w slots0 po k : (S t < L)%nat -> NoDup slots0 -> NoDup po ->
  (forall r, In r po -> (r < wdt (S t))%nat) ->
  (forall a, In a slots0 -> length (req T t a) = k /\ (forall r, out T t a r = []) /\
     NoDup (map fst (req T t a)) /\ incl (map fst (req T t a)) (slots T t)) ->
  (forall a a' b, In a slots0 -> In a' slots0 -> In b (map fst (req T t a)) -> In b (map fst (req T t a')) -> a = a') ->
  E (from t) (fun w' => ind (servefail (fit T t (place T t w0) w') slots0 po)) w
  <= G1 (length slots0) (length po) (unfit k).
Proof.
  intros Ht NS NP HP Hreq Hu.
  set (pl := place T t w0).
  assert (CD : forall a r z, In a slots0 -> In z (cds (rq T t pl) a r) -> exists b, In b (map fst (req T t a)) /\ z = (t, r, pl b)).
  { intros a r z Ha Hz. unfold cds, rq in Hz. destruct (Hreq a Ha) as (_ & O & _). rewrite O, app_nil_r, map_map in Hz.
    apply in_map_iff in Hz as [[b s] [<- Hb]]. exists b. cbn. split; auto. apply in_map_iff. exists (b, s). auto. }
  replace (length po) with (length (filter (fun _ => true) po)) by (rewrite filter_true; auto).
  eapply Rle_trans; [|apply (G1_over (rq T t pl) k (fun _ => true) po NP (from t) slots0 w (from_nd t))].
  - right. reflexivity.
  - intros z Hz. apply in_flat_map in Hz as [a [Ha Hz]]. apply in_flat_map in Hz as [r [Hr Hz]].
    apply CD in Hz as [b [Hb ->]]; auto. apply in_from. repeat split; auto; try lia.
    apply pl_lt; auto. apply (Hreq a Ha); auto.
  - intros a r Ha. destruct (Hreq a Ha) as (Lk & O & _). unfold rq. rewrite O, app_nil_r, map_length. auto.
  - apply scds_NoDup; auto.
    + intros a r Ha Hr. destruct (Hreq a Ha) as (Lk & O & ND & I). unfold cds, rq. rewrite O, app_nil_r, map_map.
      cbn [fst]. rewrite <- (map_map fst (fun b => (t, r, pl b))). apply NoDup_map_in; auto.
      intros b b' Hb Hb' Eq. injection Eq as Eq. apply (pl_inj t w0); auto.
    + intros a a' r r' z Ha Ha' Hr Hr' H1 H2. apply CD in H1 as [b [Hb ->]]; auto.
      apply CD in H2 as [b' [Hb' Eq]]; auto. injection Eq as -> Eq. split; auto.
      apply (pl_inj t w0) in Eq; auto.
      * subst b'. apply (Hu a a' b); auto.
      * apply (Hreq a Ha); auto.
      * apply (Hreq a' Ha'); auto.
Qed.

Lemma us_nd n : NoDup (us n).
Proof. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence. Qed.
Lemma accs_nd n : NoDup (accs n).
Proof. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence. Qed.
Lemma accs'_nd n : NoDup (accs' n).
Proof. apply NoDup_map_in; [apply seq_NoDup|]. intros; congruence. Qed.
Lemma us_len n : length (us n) = n.
Proof. unfold us. rewrite map_length, seq_length. auto. Qed.
Lemma accs_len n : length (accs n) = S n.
Proof. unfold accs. rewrite map_length, seq_length. auto. Qed.
Lemma accs'_len n : length (accs' n) = S n.
Proof. unfold accs'. rewrite map_length, seq_length. auto. Qed.
Lemma pool_lt t r : (S t < L)%nat -> In r (pool T) -> (r < wdt (S t))%nat.
Proof. intros Ht Hr. rewrite wdt_in by lia. apply in_seq in Hr. lia. Qed.
Lemma poolU_pool r : In r (poolU T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; auto. Qed.
Lemma poolA_pool r : In r (poolA T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; right; apply in_or_app; auto. Qed.
Lemma poolA'_pool r : In r (poolA' T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; right; apply in_or_app; auto. Qed.

(** ** stages *)
Definition half := 1/2. Definition threeq := 3/4.
Definition beta_stage (i k : nat) : R :=
  (if (S k <? K)%nat then G1 (ins T i) nU half else 0) +
  (if (k =? 0)%nat then 0 else 2 * G1 (S (outs T i)) nA threeq).

Lemma G1_zero n u : (n <= u)%nat -> G1 n u 0 = 0.
Proof.
  intros H. unfold G1. apply rsum_zero. intros i Hi. apply in_seq in Hi. apply pow_ne_zero. lia.
Qed.

Lemma stage_prob i k w0 w : (i < l)%nat -> (k < K)%nat ->
  E (from (time T i k)) (fun w' => ind (layerfail T (time T i k) (place T (time T i k) w0) w')) w <= beta_stage i k.
Proof.
  intros Hi Hk. set (t := time T i k).
  assert (Ht : (S t < L)%nat) by (apply time_lt; lia).
  assert (Kt : kind_of T t = Stage i k) by (unfold t; apply kind_stage; auto).
  assert (HA : forall a o, a = A o \/ a = A' o -> req T t a = if (k =? 0)%nat then [] else [(A o, true); (A' o, true)]).
  { intros a o Ha. unfold req. rewrite Kt. destruct Ha as [-> | ->]; auto. }
  assert (HO : forall a r, out T t a r = []) by (intros; unfold out; rewrite Kt; auto).
  assert (GA : forall ss po, ss = accs (outs T i) \/ ss = accs' (outs T i) -> NoDup po -> length po = nA -> incl po (pool T) ->
     E (from t) (fun w' => ind (servefail (fit T t (place T t w0) w') ss po)) w <=
       if (k =? 0)%nat then 0 else G1 (S (outs T i)) nA threeq).
  { intros ss po Hss NP LP IP.
    assert (Hin : forall a, In a ss -> exists o, (a = A o \/ a = A' o) /\ (o <= outs T i)%nat).
    { intros a Ha. destruct Hss as [-> | ->]; [apply in_accs in Ha|apply in_accs' in Ha]; destruct Ha as [o [-> Ho]]; eauto. }
    assert (Hss' : NoDup ss /\ length ss = S (outs T i)).
    { destruct Hss as [-> | ->]; split; auto using accs_nd, accs'_nd, accs_len, accs'_len. }
    assert (Huniq : forall a a' o, In a ss -> In a' ss -> (a = A o \/ a = A' o) -> (a' = A o \/ a' = A' o) -> a = a').
    { intros a a' o Ha Ha' E1 E2. destruct Hss as [-> | ->]; [apply in_accs in Ha, Ha'|apply in_accs' in Ha, Ha'];
        destruct Ha as [? [-> _]], Ha' as [? [-> _]]; destruct E1, E2; congruence. }
    destruct Hss' as [ND Len].
    eapply Rle_trans.
    - apply (group_prob t w0 w ss po (if (k =? 0)%nat then 0 else 2)); auto.
      + intros r Hr. apply pool_lt; auto.
      + intros a Ha. destruct (Hin a Ha) as [o [Ea Ho]]. rewrite (HA a o Ea).
        destruct (Nat.eqb_spec k 0) as [->|K0]; cbn [map fst length]; (split; [auto|split; [auto|split]]).
        * constructor.
        * intros b [].
        * repeat constructor; auto. intros [X|[]]; discriminate.
        * destruct (sA i k o) as [S1 S2]; auto; try lia. intros b [<-|[<-|[]]]; auto.
      + intros a a' b Ha Ha' Hb Hb'. destruct (Hin a Ha) as [o [Ea Ho]], (Hin a' Ha') as [o' [Ea' Ho']].
        rewrite (HA a o Ea) in Hb. rewrite (HA a' o' Ea') in Hb'.
        destruct (k =? 0)%nat; [easy|]. apply (Huniq a a' o); auto.
        enough (o = o') by (subst; auto).
        destruct Hb as [<-|[<-|[]]], Hb' as [X|[X|[]]]; cbn in X; congruence.
    - rewrite Len, LP. destruct (k =? 0)%nat.
      + right. replace (unfit 0) with 0 by (unfold unfit; cbn; lra). apply G1_zero. apply Hsizes; auto.
      + rewrite unfit_2. right; auto. }
  eapply Rle_trans with (rsum (fun g => E (from t) (fun w' => ind (servefail (fit T t (place T t w0) w') (fst g) (snd g))) w)
       [(stage_us T i k, poolU T); (accs (outs T i), poolA T); (accs' (outs T i), poolA' T)]).
  - unfold layerfail, groups. rewrite Kt.
    apply (union_bound (from t) (fun g w' => servefail (fit T t (place T t w0) w') (fst g) (snd g))). intros; lra.
  - cbn [rsum fst snd].
    pose proof (GA (accs (outs T i)) (poolA T) (or_introl eq_refl) (seq_NoDup _ _) (seq_length _ _) (fun r => poolA_pool r)) as B1.
    pose proof (GA (accs' (outs T i)) (poolA' T) (or_intror eq_refl) (seq_NoDup _ _) (seq_length _ _) (fun r => poolA'_pool r)) as B2.
    assert (B3 : E (from t) (fun w' => ind (servefail (fit T t (place T t w0) w') (stage_us T i k) (poolU T))) w
       <= if (S k <? K)%nat then G1 (ins T i) nU half else 0).
    { unfold stage_us. destruct (Nat.ltb_spec (S k) K).
      - assert (RU : forall j, req T t (U j) = [(U j, true)]) by (intros; unfold req; rewrite Kt; auto).
        eapply Rle_trans; [apply (group_prob t w0 w (us (ins T i)) (poolU T) 1)|]; auto using us_nd.
        + apply seq_NoDup.
        + intros r Hr. apply pool_lt; auto. apply poolU_pool; auto.
        + intros a Ha. apply in_us_gen in Ha as [j [-> Hj]]. rewrite RU. cbn [map fst length]. repeat split; auto.
          * repeat constructor; auto.
          * intros b [<-|[]]. apply sU; auto.
        + intros a a' b Ha Ha' Hb Hb'. apply in_us_gen in Ha as [j [-> Hj]], Ha' as [j' [-> Hj']].
          rewrite RU in Hb, Hb'. destruct Hb as [<-|[]], Hb' as [X|[]]. auto.
        + rewrite us_len. unfold poolU. rewrite seq_length, unfit_1. right. auto.
      - cbn [servefail ind]. rewrite E_const. lra. }
    unfold beta_stage. destruct (k =? 0)%nat; lra.
Qed.

(** ** merge *)
Lemma merge_prob i w0 w : (i < l)%nat ->
  E (from (time T i K)) (fun w' => ind (layerfail T (time T i K) (place T (time T i K) w0) w')) w
  <= G1 (S (outs T i)) N threeq.
Proof.
  intros Hi. set (t := time T i K). assert (Ht : (S t < L)%nat) by (apply time_lt; lia).
  assert (Kt : kind_of T t = Merge i) by (unfold t; apply kind_merge).
  assert (KP : (1 <= K)%nat) by (unfold stages; lia).
  unfold layerfail, groups. rewrite Kt. cbn [existsb fst snd].
  eapply Rle_trans with (E (from t) (fun w' => ind (servefail (fit T t (place T t w0) w') (accs (outs T i)) (pool T))) w).
  { right. apply E_ext. intros. rewrite orb_false_r. auto. }
  assert (RA : forall o, req T t (A o) = [(A o, true); (A' o, true)]) by (intros; unfold req; rewrite Kt; auto).
  eapply Rle_trans; [apply (group_prob t w0 w (accs (outs T i)) (pool T) 2)|]; auto using accs_nd.
  - apply seq_NoDup.
  - intros r Hr. apply pool_lt; auto.
  - intros a Ha. apply in_accs in Ha as [o [-> Ho]]. rewrite RA. cbn [map fst length]. repeat split; auto.
    + intros. unfold out. rewrite Kt. auto.
    + repeat constructor; auto. intros [X|[]]; discriminate.
    + destruct (sA i K o) as [S1 S2]; auto. intros b [<-|[<-|[]]]; auto.
  - intros a a' b Ha Ha' Hb Hb'. apply in_accs in Ha as [o [-> Ho]], Ha' as [o' [-> Ho']].
    rewrite RA in Hb, Hb'. destruct Hb as [<-|[<-|[]]], Hb' as [X|[X|[]]]; cbn in X; congruence.
  - rewrite accs_len. unfold pool. rewrite seq_length, unfit_2. right. auto.
Qed.
End Event.
