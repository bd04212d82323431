(** * HornerSection (S2): what the pruned layers compute.

    Fix signs [w] for which no layer's matching failed, integer matrices V_i and an input x.
    [Mask] keeps the required edges of every slot and the edges of the digits used.
    - [val_step]: a slot's value is the ReLU of its required old slots, with the required signs,
      plus its digits.
    - [stage_value] (S1 in the network): the pair (A o, A' o) holds the accumulator of
      HornerAccumulator.v.
    - [S2_section]: K stages, merge and read-out compute relu(V u) exactly. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Range Pool Network Layers.
From Pmone Require Import HornerAccumulator HornerPlan.
Import ListNotations.
Open Scope nat_scope.

Section Values.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation p := (p_p T).
Local Notation e := (p_e T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : 1 <= l.
Variable w : signs.
Variable V : nat -> nat -> nat -> Z.

(** the integer that input j adds to accumulator o of section i *)
Definition veff (i o j : nat) : Z :=
  if i =? 0 then (if j <? dims 0 then V 0 o j else Z.opp (V 0 o (j - dims 0))) else V i o j.
Definition total (i o j : nat) : Z := if o =? outs T i then pow2 p else (veff i o j + pow2 p)%Z.
Definition dbits (i o j : nat) : list bool := mask (dsigns T w i o j) (total i o j).

(** the mask *)
Definition digits (t : nat) (a : slot) : list nat :=
  match kind_of T t, a with
  | Stage i k, A o => filter (fun j => nth k (dbits i o j) false && dside T w i o j k)
    (seq 0 (ins T i))
  | Stage i k, A' o => filter (fun j => nth k (dbits i o j) false && negb (dside T w i o j k))
    (seq 0 (ins T i))
  | _, _ => []
  end.
Definition added (t : nat) (a : slot) : list slot := map U (digits t a).
Definition lasts (o : nat) : list slot := [U o; U (dims l + o)].
Definition Mask : coord -> bool := Layers.Mask T w added lasts.

Hypothesis Hok : forall t, S t < L -> badlayer T t w = false.
Variable x : vec.
Definition value : nat -> slot -> R := Layers.value T w added lasts x.

Lemma K_pos : 1 <= K. Proof. unfold stages. lia. Qed.

(** ** slots *)
Lemma slots_R i o : i < l -> o < outs T i -> In (U o) (slots T (time T (S i) 0)).
Proof.
  intros Hi Ho. rewrite <- time_next, <- time_S. cbn [slots]. unfold tslots.
  rewrite kind_read, in_app_iff, in_us. auto.
Qed.
Lemma slots_Rlast i o : S i = l -> o < outs T i -> In (U (outs T i + o)) (slots T (time T (S i) 0)).
Proof.
  intros Hi Ho. rewrite <- time_next, <- time_S. cbn [slots]. unfold tslots.
  rewrite kind_read, in_app_iff.
  right. rewrite Hi, Nat.eqb_refl. apply in_map, in_seq. lia.
Qed.

Lemma tslots_stage i k a : k < K -> In a (slots T (S (time T i k))) ->
  (exists j, a = U j /\ S k < K /\ j < ins T i) \/
    (exists o, (a = A o \/ a = A' o) /\ o <= outs T i).
Proof.
  intros Hk Ha. cbn [slots] in Ha. unfold tslots in Ha. rewrite kind_stage in Ha by auto.
  rewrite !in_app_iff, in_accs, in_accs' in Ha. unfold stage_us in Ha.
  destruct Ha as [Ha|[[o [-> H]]|[o [-> H]]]].
  - destruct (Nat.ltb_spec (S k) K); [|easy]. apply in_us_gen in Ha as [j [-> Hj]]. left. eauto.
  - right; eauto.
  - right; eauto.
Qed.
Lemma tslots_read i a : i < l -> In a (slots T (S (time T i (S K)))) ->
  exists o, a = U o /\ o < 2 * outs T i.
Proof.
  intros Hi Ha. cbn [slots] in Ha. unfold tslots in Ha. rewrite kind_read in Ha.
  apply in_app_or in Ha as [Ha|Ha].
  - apply in_us_gen in Ha as [o [-> Ho]]. exists o. split; auto. lia.
  - destruct (S i =? l); [|easy]. apply in_map_iff in Ha as [o [<- Ho]]. apply in_seq in Ho.
    exists o. split; auto. lia.
Qed.

Lemma digits_lt i k a j : k < K -> In j (digits (time T i k) a) -> j < ins T i.
Proof.
  intros Hk H. unfold digits in H. rewrite kind_stage in H by auto.
  destruct a; [easy| |]; apply filter_In in H as [H _]; apply in_seq in H; lia.
Qed.
Lemma digits_nd t a : NoDup (digits t a).
Proof. unfold digits. destruct (kind_of T t), a; try constructor; apply NoDup_filter, seq_NoDup.
Qed.

Lemma edges_ok t a : S t < L -> In a (slots T (S t)) ->
  NoDup (edges T added t a) /\ incl (edges T added t a) (slots T t).
Proof.
  intros Ht Ha. unfold edges, added. cbn [layout_of lay_req].
  assert (NU : forall ds, NoDup ds -> NoDup (map U ds))
    by (intros; apply NoDup_map_in; auto; intros; congruence).
  assert (NM : forall ds o, NoDup ds -> NoDup (A o :: A' o :: map U ds)).
  { intros. constructor; [|constructor; auto].
    - intros [X|X]; [discriminate|]. apply in_map_iff in X as [? [X _]]. discriminate.
    - intros X. apply in_map_iff in X as [? [X _]]. discriminate. }
  destruct (time_cases T t Ht) as [->|(i & k & Hi & Hk & Et)].
  - cbn [slots] in *. unfold tslots in Ha. cbn [kind_of] in Ha. apply in_split in Ha as [j [-> Hj]].
    unfold digits, req. cbn [kind_of]. cbn [map app]. split; [repeat constructor; auto|].
    intros b [<-|[]]. destruct (Nat.ltb_spec j (dims 0)); cbn [fst]; apply in_us; lia.
  - destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1]; [|destruct (Nat.eq_dec k K) as [->|Hk2]]; subst t.
    + assert (DI : incl (map U (digits (time T i k) a)) (slots T (time T i k))).
      { intros b Hb. apply in_map_iff in Hb as [j [<- Hj]]. apply digits_lt in Hj; auto.
        apply slots_U; auto. }
      apply tslots_stage in Ha as [(j & -> & _ & Hj)|(o & Ea & Ho)]; auto.
      * unfold req, digits. rewrite kind_stage by auto. cbn. split; [repeat constructor; auto|].
        intros b [<-|[]]. apply slots_U; auto.
      * assert (R : req T (time T i k) a = if k =? 0 then [] else [(A o, true); (A' o, true)]).
        { unfold req. rewrite kind_stage by auto. destruct Ea as [-> | ->]; auto. }
        rewrite R. destruct (Nat.eqb_spec k 0); cbn [map fst app].
        -- split; auto. apply NU, digits_nd.
        -- split; [apply NM, digits_nd|]. destruct (slots_A T i k o) as [S1 S2]; auto; try lia.
           intros b [<-|[<-|Hb]]; auto.
    + unfold digits, req. rewrite kind_merge. rewrite app_nil_r.
      cbn [slots] in Ha. unfold tslots in Ha. rewrite kind_merge in Ha.
      apply in_accs in Ha as [o [-> Ho]].
      cbn [map fst]. split; [apply (NM [] o); constructor|].
      destruct (slots_A T i K o) as [S1 S2]; auto; try (pose proof K_pos; lia).
      intros b [<-|[<-|[]]]; auto.
    + assert (k = S K) by lia. subst k. apply tslots_read in Ha as [o [-> Ho]]; auto.
      unfold digits, req. rewrite kind_read. rewrite app_nil_r.
      destruct (Nat.ltb_spec o (outs T i)); cbn [map fst].
      * split; [repeat constructor; auto; intros [X|[]]; injection X; lia|].
        intros b [<-|[<-|[]]]; apply slots_M; lia.
      * split; [repeat constructor; auto; intros [X|[]]; injection X; lia|].
        intros b [<-|[<-|[]]]; apply slots_M; lia.
Qed.

(** ** one layer *)
Open Scope R_scope.
Lemma val_step t a : (S t < L)%nat -> In a (slots T (S t)) ->
  value (S t) a = relu (rsum (fun bs => sgR (snd bs) * value t (fst bs)) (req T t a)
     + rsum (fun j => sgR (w (t, place T (S t) w a, place T t w (U j))) * value t (U j))
         (digits t a)).
Proof.
  intros Ht Ha. destruct (edges_ok t a Ht Ha) as [ND I].
  unfold value. rewrite (Layers.val_step T (plan_valid T)) by auto.
  change (added t a) with (map U (digits t a)). rewrite rsum_map. reflexivity.
Qed.
Lemma value_nonneg t a : 0 <= value (S t) a.
Proof. apply Layers.value_nonneg. Qed.

(** ** the stages of one section *)
Definition input (i j : nat) : R := value (time T i 0) (U j).
Definition accum (i o : nat) : nat -> R * R :=
  acc (ins T i) (dsigns T w i o) (dbits i o) (fun k j => dside T w i o j k) (input i).

Lemma input_nonneg i j : 0 <= input i j.
Proof. unfold input, time. apply value_nonneg. Qed.

Lemma carry i k : (i < l)%nat -> (k < K)%nat -> forall j, (j < ins T i)%nat ->
  value (time T i k) (U j) = input i j.
Proof.
  intros Hi. induction k as [|k IH]; intros Hk j Hj; [reflexivity|]. rewrite <- time_S.
  rewrite val_step.
  - unfold req, digits. rewrite kind_stage by lia. cbn [rsum fst snd sgR]. rewrite IH by lia.
    rewrite relu_id; [ring|]. pose proof (input_nonneg i j). lra.
  - apply time_lt; lia.
  - rewrite time_S. apply slots_U; auto.
Qed.

Lemma nth_dsigns i o j k : (k < K)%nat -> nth k (dsigns T w i o j) true = dplus T w i o j k.
Proof. intros. unfold dsigns. apply nth_map_seq. auto. Qed.

Theorem stage_value i k : (i < l)%nat -> (1 <= k <= K)%nat -> forall o, (o <= outs T i)%nat ->
  value (time T i k) (A o) = fst (accum i o k) /\ value (time T i k) (A' o) = snd (accum i o k).
Proof.
  intros Hi. induction k as [|k IH]; intros Hk o Ho; [lia|]. rewrite <- time_S.
  assert (Lt : (S (time T i k) < L)%nat) by (apply time_lt; lia).
  destruct (slots_A T i (S k) o Hi Hk Ho) as [S1 S2]. rewrite <- time_S in S1, S2.
  assert (C : (if (k =? 0)%nat then 0 else value (time T i k) (A o) + value (time T i k) (A' o))
              = fst (accum i o k) + snd (accum i o k)).
  { destruct (Nat.eqb_spec k 0) as [->|]; [cbn; lra|]. destruct (IH ltac:(lia) o Ho) as [-> ->].
    auto. }
  assert (R : forall a, a = A o \/ a = A' o ->
    rsum (fun bs => sgR (snd bs) * value (time T i k) (fst bs)) (req T (time T i k) a)
      = fst (accum i o k) + snd (accum i o k)).
  { intros a Ea. rewrite <- C. unfold req. rewrite kind_stage by lia.
    destruct Ea as [-> | ->]; destruct (k =? 0)%nat; cbn; lra. }
  rewrite !val_step, !R by auto.
  unfold digits. rewrite kind_stage by lia. rewrite !rsum_filter.
  unfold accum at 3 6. cbn [acc fst snd]. fold (accum i o k). unfold drive, digit.
  split; f_equal; f_equal; apply rsum_ext; intros j Hj; apply in_seq in Hj;
    rewrite carry by lia; rewrite nth_dsigns by lia; unfold dplus, dside;
    destruct (w (time T i k, place T (S (time T i k)) w (A o), place T (time T i k) w (U j)));
    destruct (w (time T i k, place T (S (time T i k)) w (A' o), place T (time T i k) w (U j)));
    destruct (nth k (dbits i o j) false); cbn; lra.
Qed.

(** ** the digits *)
Hypothesis Hdig : forall ioj, In ioj (triples T) -> baddigit T w ioj = false.
Hypothesis HV : forall i r c, (i < l)%nat -> (r < dims (S i))%nat -> (c < dims i)%nat ->
  (- pow2 p <= V i r c <= pow2 p)%Z.

Lemma in_triples i o j : In (i, o, j) (triples T) <-> (i < l /\ o <= outs T i /\ j < ins T i)%nat.
Proof.
  unfold triples. rewrite in_flat_map. split.
  - intros [i' [Hi H]]. apply in_map_iff in H as [[a b] [E H]]. cbn in E. injection E as -> -> ->.
    apply in_prod_iff in H as [H1 H2]. apply in_seq in Hi, H1, H2. lia.
  - intros (H1 & H2 & H3). exists i. split; [apply in_seq; lia|]. apply in_map_iff. exists (o, j).
    split; auto.
    apply in_prod; apply in_seq; lia.
Qed.

Lemma dsigns_len i o j : length (dsigns T w i o j) = K.
Proof. unfold dsigns. rewrite map_length, seq_length. auto. Qed.

Lemma digit_plus i o j : (i < l)%nat -> (o <= outs T i)%nat -> (j < ins T i)%nat ->
  In true (firstn e (dsigns T w i o j)).
Proof.
  intros Hi Ho Hj. pose proof (Hdig (i, o, j) ltac:(apply in_triples; auto)) as B.
  unfold baddigit in B.
  unfold dsigns. rewrite firstn_digits by (unfold stages; lia).
  assert (G : forall ls, forallb (fun k => negb (dplus T w i o j k)) ls = false ->
    In true (map (dplus T w i o j) ls)).
  { induction ls as [|a ls IH]; cbn; [discriminate|]. destruct (dplus T w i o j a); cbn; auto. }
  auto.
Qed.

Lemma veff_range i o j : (i < l)%nat -> (o < outs T i)%nat -> (j < ins T i)%nat ->
  (- pow2 p <= veff i o j <= pow2 p)%Z.
Proof.
  unfold veff, ins, outs. intros Hi Ho Hj. destruct (Nat.eqb_spec i 0) as [->|].
  - destruct (Nat.ltb_spec j (dims 0)).
    + apply HV; auto.
    + pose proof (HV 0 o (j - dims 0) Hi Ho ltac:(lia)). lia.
  - apply HV; auto.
Qed.

Lemma digits_value i o j : (i < l)%nat -> (o <= outs T i)%nat -> (j < ins T i)%nat ->
  val (dsigns T w i o j) (dbits i o j) = total i o j /\ (0 <= total i o j)%Z.
Proof.
  intros Hi Ho Hj. pose proof (pow2_pos p) as P.
  assert (R : (0 <= total i o j <= 2 * pow2 p)%Z).
  { unfold total. destruct (Nat.eqb_spec o (outs T i)); [lia|].
    pose proof (veff_range i o j Hi ltac:(lia) Hj). lia. }
  split; [|tauto]. apply (E4_range _ e).
  - rewrite dsigns_len. unfold stages. lia.
  - apply digit_plus; auto.
  - rewrite dsigns_len. replace (K - e)%nat with (S p) by (unfold stages; lia). rewrite pow2_S.
    auto.
Qed.

Lemma accum_value i o : (i < l)%nat -> (o <= outs T i)%nat ->
  fst (accum i o K) + snd (accum i o K)
    = rsum (fun j => IZR (total i o j) * input i j) (seq 0 (ins T i)) /\
  0 <= fst (accum i o K) + snd (accum i o K).
Proof.
  intros Hi Ho. assert (LB : forall j, length (dbits i o j) = K)
    by (intros; unfold dbits; rewrite mask_length; apply dsigns_len).
  split.
  - unfold accum. rewrite (S1_value _ K).
    + apply rsum_ext. intros j Hj. apply in_seq in Hj.
      destruct (digits_value i o j) as [-> _]; auto. lia.
    + intros; apply input_nonneg.
    + intros; apply dsigns_len.
    + intros; apply LB.
    + intros j Hj. destruct (digits_value i o j) as [-> H]; auto.
  - unfold accum. apply (acc_nonneg _ K). auto.
Qed.

(** merge: the accumulator in one neuron *)
Lemma merge_value i o : (i < l)%nat -> (o <= outs T i)%nat ->
  value (time T i (S K)) (A o) = rsum (fun j => IZR (total i o j) * input i j) (seq 0 (ins T i)).
Proof.
  intros Hi Ho. pose proof K_pos. pose proof (slots_M T i o Ho) as S1. rewrite <- time_S in S1 |- *.
  rewrite val_step by (auto; apply time_lt; lia).
  unfold req, digits. rewrite kind_merge. cbn [rsum fst snd sgR].
  destruct (stage_value i K Hi ltac:(lia) o Ho) as [-> ->].
  destruct (accum_value i o Hi Ho) as [E Q]. rewrite <- E. rewrite relu_id; lra.
Qed.

Definition pre (i o : nat) : R := rsum (fun j => IZR (veff i o j) * input i j) (seq 0 (ins T i)).
Lemma merge_diff i o : (i < l)%nat -> (o < outs T i)%nat ->
  value (time T i (S K)) (A o) - value (time T i (S K)) (A (outs T i)) = pre i o.
Proof.
  intros Hi Ho. rewrite !merge_value by lia. unfold pre. rewrite <- rsum_minus. apply rsum_ext.
  intros j _.
  unfold total. rewrite Nat.eqb_refl. destruct (Nat.eqb_spec o (outs T i)); [lia|].
  rewrite plus_IZR. ring.
Qed.

(** S2: one section computes relu(V u) exactly *)
Theorem S2_section i o : (i < l)%nat -> (o < outs T i)%nat ->
  value (time T (S i) 0) (U o) = relu (pre i o).
Proof.
  intros Hi Ho. pose proof (slots_R i o Hi Ho) as S1. rewrite <- time_next, <- time_S in S1 |- *.
  rewrite val_step by (auto; apply time_lt; lia).
  unfold req, digits. rewrite kind_read. destruct (Nat.ltb_spec o (outs T i)); [|lia].
  cbn [rsum fst snd sgR]. f_equal. rewrite <- merge_diff by auto. lra.
Qed.
(** and the last one also relu(-V u) *)
Theorem S2_section_minus i o : S i = l -> (o < outs T i)%nat ->
  value (time T (S i) 0) (U (outs T i + o)) = relu (- pre i o).
Proof.
  intros Hi Ho. pose proof (slots_Rlast i o Hi Ho) as S1.
  rewrite <- time_next, <- time_S in S1 |- *.
  rewrite val_step by (auto; apply time_lt; lia).
  unfold req, digits. rewrite kind_read. destruct (Nat.ltb_spec (outs T i + o) (outs T i)); [lia|].
  replace (outs T i + o - outs T i)%nat with o by lia.
  cbn [rsum fst snd sgR]. f_equal. rewrite <- merge_diff by lia. lra.
Qed.
End Values.
