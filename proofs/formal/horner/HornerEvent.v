(** * HornerEvent: how likely the serving of a stage or a merge of construction S fails.

    [layer_cond]: it is enough to bound the probability for each fixed placement before the layer.
    [stage_prob], [merge_prob]: at most G1's sums for carriers, accumulators and merges.
    The input split and the read-outs are in HornerReadOut.v, the digits and the whole event in
    HornerDigits.v. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Expansion Probability Pool Network Layers.
From Pmone Require Import HornerPlan.
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

Open Scope R_scope.
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
Lemma pool_lt t r : (S t < L)%nat -> In r (pool T) -> (r < wd T (S t))%nat.
Proof. intros Ht Hr. rewrite wd_in by lia. apply in_seq in Hr. lia. Qed.
Lemma poolU_pool r : In r (poolU T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; auto. Qed.
Lemma poolA_pool r : In r (poolA T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; right; apply in_or_app; auto. Qed.
Lemma poolA'_pool r : In r (poolA' T) -> In r (pool T).
Proof. rewrite pool_split. intros; apply in_or_app; right; apply in_or_app; auto. Qed.

Lemma in_from t a r c : In (a, r, c) (from T t) <-> (t <= a < L)%nat /\ (r < wd T (S a))%nat /\
  (c < wd T a)%nat.
Proof. apply (Layers.in_from T). Qed.

Lemma layer_cond t b w : (S t < L)%nat ->
  (forall w, E (from T t) (fun w' => ind (layerfail T t (place T t w) w')) w <= b) ->
  E (coords T) (fun w => ind (badlayer T t w)) w <= b.
Proof.
  intros Ht. apply (Layers.layer_cond T (reads T) (rq_reads T Hsizes l_pos) (groups_reads T)).
  - exact (Nat.lt_succ_l _ _ Ht).
  - intros t' c. apply reads_before; auto.
Qed.

(** one group whose slots need k edges each, all of them fresh *)
Lemma group_prob t w0 w slots0 po k : (S t < L)%nat -> NoDup slots0 -> NoDup po ->
  (forall r, In r po -> (r < wd T (S t))%nat) ->
  (forall a, In a slots0 -> length (req T t a) = k /\ (forall r, out T t a r = []) /\
     NoDup (map fst (req T t a)) /\ incl (map fst (req T t a)) (slots T t)) ->
  (forall a a' b, In a slots0 -> In a' slots0 -> In b (map fst (req T t a)) ->
    In b (map fst (req T t a')) -> a = a') ->
  E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') slots0 po)) w
  <= G1 (length slots0) (length po) (unfit k).
Proof. intros Ht. apply (Layers.group_prob T (plan_valid T)); auto. apply plan_roomy; auto. Qed.

(** ** stages *)
Definition beta_stage (i k : nat) : R :=
  (if (S k <? K)%nat then G1 (ins T i) nU half else 0) +
  (if (k =? 0)%nat then 0 else 2 * G1 (S (outs T i)) nA threeq).

Lemma stage_prob i k w0 w : (i < l)%nat -> (k < K)%nat ->
  E (from T (time T i k)) (fun w' => ind (layerfail T (time T i k) (place T (time T i k) w0) w')) w
    <= beta_stage i k.
Proof.
  intros Hi Hk. set (t := time T i k).
  assert (Ht : (S t < L)%nat) by (apply time_lt; lia).
  assert (Kt : kind_of T t = Stage i k) by (unfold t; apply kind_stage; auto).
  assert (HA : forall a o, a = A o \/ a = A' o ->
    req T t a = if (k =? 0)%nat then [] else [(A o, true); (A' o, true)]).
  { intros a o Ha. unfold req. rewrite Kt. destruct Ha as [-> | ->]; auto. }
  assert (HO : forall a r, out T t a r = []) by (intros; unfold out; rewrite Kt; auto).
  assert (GA : forall ss po, ss = accs (outs T i) \/ ss = accs' (outs T i) -> NoDup po ->
    length po = nA -> incl po (pool T) ->
     E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') ss po)) w <=
       if (k =? 0)%nat then 0 else G1 (S (outs T i)) nA threeq).
  { intros ss po Hss NP LP IP.
    assert (Hin : forall a, In a ss -> exists o, (a = A o \/ a = A' o) /\ (o <= outs T i)%nat).
    { intros a Ha. destruct Hss as [-> | ->]; [apply in_accs in Ha|apply in_accs' in Ha];
        destruct Ha as [o [-> Ho]]; eauto. }
    assert (Hss' : NoDup ss /\ length ss = S (outs T i)).
    { destruct Hss as [-> | ->]; split; auto using accs_nd, accs'_nd, accs_len, accs'_len. }
    assert (Huniq : forall a a' o, In a ss -> In a' ss -> (a = A o \/ a = A' o) ->
      (a' = A o \/ a' = A' o) -> a = a').
    { intros a a' o Ha Ha' E1 E2.
      destruct Hss as [-> | ->]; [apply in_accs in Ha, Ha'|apply in_accs' in Ha, Ha'];
        destruct Ha as [? [-> _]], Ha' as [? [-> _]]; destruct E1, E2; congruence. }
    destruct Hss' as [ND Len].
    eapply Rle_trans.
    - apply (group_prob t w0 w ss po (if (k =? 0)%nat then 0 else 2)); auto.
      + intros r Hr. apply pool_lt; auto.
      + intros a Ha. destruct (Hin a Ha) as [o [Ea Ho]]. rewrite (HA a o Ea).
        destruct (Nat.eqb_spec k 0) as [->|K0]; cbn [map fst length];
          (split; [auto|split; [auto|split]]).
        * constructor.
        * intros b [].
        * repeat constructor; auto. intros [X|[]]; discriminate.
        * destruct (slots_A T i k o) as [S1 S2]; auto; try lia. intros b [<-|[<-|[]]]; auto.
      + intros a a' b Ha Ha' Hb Hb'.
        destruct (Hin a Ha) as [o [Ea Ho]], (Hin a' Ha') as [o' [Ea' Ho']].
        rewrite (HA a o Ea) in Hb. rewrite (HA a' o' Ea') in Hb'.
        destruct (k =? 0)%nat; [easy|]. apply (Huniq a a' o); auto.
        enough (o = o') by (subst; auto).
        destruct Hb as [<-|[<-|[]]], Hb' as [X|[X|[]]]; cbn in X; congruence.
    - rewrite Len, LP. destruct (k =? 0)%nat.
      + right. replace (unfit 0) with 0 by (unfold unfit; cbn; lra). apply G1_zero.
        apply Hsizes; auto.
      + rewrite unfit_2. right; auto. }
  eapply Rle_trans with (rsum (fun g =>
    E (from T t) (fun w' => ind (servefail (fit T t (place T t w0) w') (fst g) (snd g))) w)
       [(stage_us T i k, poolU T); (accs (outs T i), poolA T); (accs' (outs T i), poolA' T)]).
  - unfold layerfail. cbn [layout_of lay_groups]. unfold groups. rewrite Kt.
    apply (union_bound (from T t) (fun g w' =>
      servefail (fit T t (place T t w0) w') (fst g) (snd g))). intros; lra.
  - cbn [rsum fst snd].
    pose proof (GA (accs (outs T i)) (poolA T) (or_introl eq_refl) (seq_NoDup _ _) (seq_length _ _)
      (fun r => poolA_pool r)) as B1.
    pose proof (GA (accs' (outs T i)) (poolA' T) (or_intror eq_refl) (seq_NoDup _ _)
      (seq_length _ _) (fun r => poolA'_pool r)) as B2.
    assert (B3 : E (from T t) (fun w' =>
      ind (servefail (fit T t (place T t w0) w') (stage_us T i k) (poolU T))) w
       <= if (S k <? K)%nat then G1 (ins T i) nU half else 0).
    { unfold stage_us. destruct (Nat.ltb_spec (S k) K).
      - assert (RU : forall j, req T t (U j) = [(U j, true)])
          by (intros; unfold req; rewrite Kt; auto).
        eapply Rle_trans; [apply (group_prob t w0 w (us (ins T i)) (poolU T) 1)|]; auto using us_nd.
        + apply seq_NoDup.
        + intros r Hr. apply pool_lt; auto. apply poolU_pool; auto.
        + intros a Ha. apply in_us_gen in Ha as [j [-> Hj]]. rewrite RU. cbn [map fst length].
          repeat split; auto.
          * repeat constructor; auto.
          * intros b [<-|[]]. apply slots_U; auto.
        + intros a a' b Ha Ha' Hb Hb'. apply in_us_gen in Ha as [j [-> Hj]], Ha' as [j' [-> Hj']].
          rewrite RU in Hb, Hb'. destruct Hb as [<-|[]], Hb' as [X|[]]. auto.
        + rewrite us_len. unfold poolU. rewrite seq_length, unfit_1. right. auto.
      - cbn [servefail ind]. rewrite E_const. lra. }
    unfold beta_stage. destruct (k =? 0)%nat; lra.
Qed.

(** ** merge *)
Lemma merge_prob i w0 w : (i < l)%nat ->
  E (from T (time T i K)) (fun w' => ind (layerfail T (time T i K) (place T (time T i K) w0) w')) w
  <= G1 (S (outs T i)) N threeq.
Proof.
  intros Hi. set (t := time T i K). assert (Ht : (S t < L)%nat) by (apply time_lt; lia).
  assert (Kt : kind_of T t = Merge i) by (unfold t; apply kind_merge).
  assert (KP : (1 <= K)%nat) by (unfold stages; lia).
  unfold layerfail. cbn [layout_of lay_groups]. unfold groups. rewrite Kt. cbn [existsb fst snd].
  eapply Rle_trans with (E (from T t) (fun w' =>
    ind (servefail (fit T t (place T t w0) w') (accs (outs T i)) (pool T))) w).
  { right. apply E_ext. intros. rewrite orb_false_r. auto. }
  assert (RA : forall o, req T t (A o) = [(A o, true); (A' o, true)])
    by (intros; unfold req; rewrite Kt; auto).
  eapply Rle_trans; [apply (group_prob t w0 w (accs (outs T i)) (pool T) 2)|]; auto using accs_nd.
  - apply seq_NoDup.
  - intros r Hr. apply pool_lt; auto.
  - intros a Ha. apply in_accs in Ha as [o [-> Ho]]. rewrite RA. cbn [map fst length].
    repeat split; auto.
    + intros. unfold out. rewrite Kt. auto.
    + repeat constructor; auto. intros [X|[]]; discriminate.
    + destruct (slots_A T i K o) as [S1 S2]; auto. intros b [<-|[<-|[]]]; auto.
  - intros a a' b Ha Ha' Hb Hb'. apply in_accs in Ha as [o [-> Ho]], Ha' as [o' [-> Ho']].
    rewrite RA in Hb, Hb'. destruct Hb as [<-|[<-|[]]], Hb' as [X|[X|[]]]; cbn in X; congruence.
  - rewrite accs_len. unfold pool. rewrite seq_length, unfit_2. right. auto.
Qed.
End Event.
