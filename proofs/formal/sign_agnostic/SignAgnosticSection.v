(** * SignAgnosticSection (A1, exactness): good signs contain a ticket for every target.

    Fix signs [w] for which no layer's serving failed and every reader sees both signs among the
    top e digits of every input.
    - [carry]: after k doublings the wires hold 2^b u_j, b < k, and both halves hold 2^k u_j.
    - [A1_section]: whatever the signs, a reader takes the digits of V_oj (E1, E3); both neurons
      that hold y_o compute relu(V u) exactly.
    - [A1_exact]: the pruned network is the network with the integer matrices V_i, at every x.
    - [good_contains]: with Q1 and H1, the good event implies the property [contains] of
      Network.v. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Range Pool Network Quantize Layers.
From Pmone Require Import SignAgnosticPlan.
Import ListNotations.
Open Scope nat_scope.

(** ** small facts *)
Lemma rsum_prod {X Z} (f : X * Z -> R) l l' :
  rsum f (list_prod l l') = rsum (fun b => rsum (fun a => f (a, b)) l) l'.
Proof.
  rewrite <- (rsum_swap (fun a b => f (a, b))). induction l as [|a l IH]; cbn; auto.
  rewrite rsum_app, rsum_map, IH. auto.
Qed.
Lemma val_sum s : forall m, length m = length s -> IZR (val s m) =
  rsum (fun k => 2 ^ (length s - 1 - k) * (sgR (nth k s true) * bitR (nth k m false)))%R
    (seq 0 (length s)).
Proof.
  induction s as [|a s IH]; intros [|b m] H; try discriminate; [reflexivity|].
  cbn [val length seq rsum nth] in *.
  rewrite plus_IZR, !mult_IZR, pow2_IZR, IH, seq_shift_S, rsum_map by lia.
  f_equal.
  - replace (S (length s) - 1 - 0) with (length s) by lia. destruct a, b; cbn; reflexivity.
  - apply rsum_ext. intros k Hk. apply in_seq in Hk. cbn [nth].
    replace (S (length s) - 1 - S k) with (length s - 1 - k) by lia. reflexivity.
Qed.

Section Values.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation p := (p_p T).
Local Notation e := (p_e T).
Local Notation K := (digits T).
Local Notation L := (depth T).
Local Notation wire := (wire T).
Hypothesis Hsizes : sizes T.
Hypothesis l_pos : 1 <= l.
Variable w : signs.
Variable V : nat -> nat -> nat -> Z.

(** ** the mask *)
(** the integer by which reader o of section i multiplies input j; its digits for the signs found *)
Definition veff (i o j : nat) : Z :=
  if i =? 0 then (if j <? dims 0 then V 0 o j else Z.opp (V 0 o (j - dims 0))) else V i o j.
Definition dbits (i : nat) (h : bool) (o j : nat) : list bool :=
  mask (dsigns T w i h o j) (veff i o j).
Definition kept (i : nat) (h : bool) (o : nat) : list slot :=
  map (fun kj => wire (K - 1 - fst kj) (snd kj))
    (filter (fun kj => nth (fst kj) (dbits i h o (snd kj)) false)
      (list_prod (seq 0 K) (seq 0 (ins T i)))).
Definition added (t : nat) (a : slot) : list slot :=
  match kind_of T t, a with
  | Read i, D o => kept i true o
  | Read i, D' o => kept i false o
  | _, _ => []
  end.
Definition lasts (o : nat) : list slot := kept (l - 1) true o.
Definition Mask : coord -> bool := Layers.Mask T w added lasts.

Hypothesis Hok : forall t, S t < L -> badlayer T t w = false.
Variable x : vec.
Definition value : nat -> slot -> R := Layers.value T w added lasts x.

Lemma kept_ok i h o : i < l -> NoDup (kept i h o) /\ incl (kept i h o) (slots T (time T i (K - 1))).
Proof.
  intros Hi. split.
  - apply NoDup_map_in; [apply NoDup_filter, NoDup_list_prod; apply seq_NoDup|].
    intros [k j] [k' j'] H1 H2 Eq. apply filter_In in H1 as [H1 _], H2 as [H2 _].
    apply in_prod_iff in H1 as [H1 _], H2 as [H2 _]. apply in_seq in H1, H2. cbn [fst snd] in Eq.
    apply wire_inj in Eq. f_equal; lia.
  - intros a Ha. apply in_map_iff in Ha as [[k j] [<- H]]. apply filter_In in H as [H _].
    apply in_prod_iff in H as [H1 H2]. apply in_seq in H1, H2. cbn [fst snd].
    apply slots_wire; auto; lia.
Qed.

Lemma edges_ok t a : S t < L -> In a (slots T (S t)) ->
  NoDup (edges T added t a) /\ incl (edges T added t a) (slots T t).
Proof.
  intros Ht Ha. unfold edges. cbn [layout_of lay_req].
  destruct (time_cases T Hsizes t ltac:(lia)) as [->|(i & k & Hi & Hk & ->)].
  - apply tslots_split in Ha as (j & Ea & Hj).
    assert (R : edges T added 0 a = [if j <? dims 0 then D j else D (j - dims 0)]).
    { unfold edges, added. cbn [layout_of lay_req]. unfold req. cbn [kind_of].
      destruct Ea as [-> | ->]; destruct (j <? dims 0); reflexivity. }
    unfold edges in R. cbn [layout_of lay_req] in R. rewrite R. split; [repeat constructor; auto|].
    intros b [<-|[]]. cbn [slots]. apply in_ds.
    destruct (Nat.ltb_spec j (dims 0)); eexists; split; eauto; lia.
  - destruct (Nat.lt_ge_cases (S k) K) as [Hk1|Hk1].
    + apply tslots_double in Ha; auto. unfold added, req. rewrite kind_double by auto.
      destruct Ha as [(b & j & -> & Hb & Hj)|(j & Ea & Hj)].
      * cbn [map fst app]. split; [repeat constructor; auto|]. intros c [<-|[]].
        destruct (Nat.eqb_spec b k); [apply slots_D|apply slots_C]; auto; lia.
      * assert (I : NoDup [D j; D' j] /\ incl [D j; D' j] (slots T (time T i k))).
        { split; [constructor; [intros [X|[]]; discriminate|repeat constructor; auto]|].
          intros c [<-|[<-|[]]]; [apply slots_D|apply slots_D']; auto. }
        destruct Ea as [-> | ->]; exact I.
    + assert (k = K - 1) by lia. subst k. apply tslots_read in Ha as (h & o & -> & Ho); auto.
      unfold added, req. rewrite kind_read by auto.
      destruct h; cbn [held map app]; apply kept_ok; auto.
Qed.

(** ** one layer *)
Open Scope R_scope.
Lemma val_step t a : (S t < L)%nat -> In a (slots T (S t)) ->
  value (S t) a = relu (rsum (fun bs => sgR (snd bs) * value t (fst bs)) (req T t a)
     + rsum (fun b => sgR (w (t, place T (S t) w a, place T t w b)) * value t b) (added t a)).
Proof.
  intros Ht Ha. destruct (edges_ok t a Ht Ha) as [ND I].
  unfold value. rewrite (Layers.val_step T (plan_valid T)) by auto. reflexivity.
Qed.

(** ** the doublings of one section *)
Definition input (i j : nat) : R := value (time T i 0) (D j).
Lemma input_nonneg i j : 0 <= input i j.
Proof. unfold input, time. apply Layers.value_nonneg. Qed.

(** both halves of the inputs hold the same *)
Definition twin (i : nat) : Prop := forall j, (j < ins T i)%nat ->
  value (time T i 0) (D' j) = input i j.

Lemma carry i k : (i < l)%nat -> (k < K)%nat -> twin i -> forall j, (j < ins T i)%nat ->
  (forall b, (b < k)%nat -> value (time T i k) (C b j) = 2 ^ b * input i j) /\
  value (time T i k) (D j) = 2 ^ k * input i j /\
  ((k = 0 \/ S k < K)%nat -> value (time T i k) (D' j) = 2 ^ k * input i j).
Proof.
  intros Hi. induction k as [|k IH]; intros Hk Tw j Hj.
  - repeat split; [lia|unfold input; cbn; lra|]. intros _. rewrite Tw by auto. cbn. lra.
  - destruct (IH ltac:(lia) Tw j Hj) as (I1 & I2 & I3). specialize (I3 ltac:(lia)).
    pose proof (input_nonneg i j) as U0.
    assert (Ht : (S (time T i k) < L)%nat) by (apply time_S_lt; auto).
    assert (A0 : forall a, added (time T i k) a = []).
    { intros a. unfold added. rewrite kind_double by auto. destruct a; auto. }
    assert (P : forall n, 0 <= 2 ^ n * input i j)
      by (intros; apply Rmult_le_pos; auto; apply pow_le; lra).
    rewrite <- time_S. repeat split.
    + intros b Hb. rewrite val_step by (auto; rewrite time_S; apply slots_C; auto).
      rewrite A0. unfold req. rewrite kind_double by auto. cbn [rsum snd fst sgR].
      destruct (Nat.eqb_spec b k) as [->|].
      * rewrite I2. rewrite relu_id; [ring|]. pose proof (P k). lra.
      * rewrite I1 by lia. rewrite relu_id; [ring|]. pose proof (P b). lra.
    + rewrite val_step by (auto; rewrite time_S; apply slots_D; auto).
      rewrite A0. unfold req. rewrite kind_double by auto. cbn [rsum snd fst sgR]. rewrite I2, I3.
      pose proof (P k). rewrite relu_id by lra. cbn [pow]. ring.
    + intros Hk'. rewrite val_step by (auto; rewrite time_S; apply slots_D'; auto; lia).
      rewrite A0. unfold req. rewrite kind_double by auto. cbn [rsum snd fst sgR]. rewrite I2, I3.
      pose proof (P k). rewrite relu_id by lra. cbn [pow]. ring.
Qed.
Lemma wire_value i b j : (i < l)%nat -> (b < K)%nat -> twin i -> (j < ins T i)%nat ->
  value (time T i (K - 1)) (wire b j) = 2 ^ b * input i j.
Proof.
  intros Hi Hb Tw Hj. destruct (carry i (K - 1) Hi ltac:(lia) Tw j Hj) as (I1 & I2 & _).
  unfold SignAgnosticPlan.wire. destruct (Nat.eqb_spec (S b) K).
  - rewrite I2. do 2 f_equal. lia.
  - apply I1. lia.
Qed.

(** ** the digits *)
Hypothesis Hdig : forall q, In q (quads T) -> baddigit T w q = false.
Hypothesis HV : forall i r c, (i < l)%nat -> (r < dims (S i))%nat -> (c < dims i)%nat ->
  (- pow2 p <= V i r c <= pow2 p)%Z.

Lemma in_quads i h o j : In (i, h, o, j) (quads T) <->
  (i < l)%nat /\ In h (halves T i) /\ (o < outs T i)%nat /\ (j < ins T i)%nat.
Proof.
  unfold quads. rewrite in_flat_map. split.
  - intros [i' [Hi H]]. apply in_flat_map in H as [h' [Hh H]].
    apply in_map_iff in H as [[a b] [E H]].
    cbn in E. injection E as -> -> -> ->. apply in_prod_iff in H as [H1 H2].
    apply in_seq in Hi, H1, H2.
    repeat split; auto; lia.
  - intros (H1 & H2 & H3 & H4). exists i. split; [apply in_seq; lia|]. apply in_flat_map. exists h.
    split; auto.
    apply in_map_iff. exists (o, j). split; auto. apply in_prod; apply in_seq; lia.
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
Lemma dsigns_len i h o j : length (dsigns T w i h o j) = K.
Proof. unfold dsigns. rewrite map_length, seq_length. auto. Qed.
Lemma digits_value i h o j : (i < l)%nat -> In h (halves T i) -> (o < outs T i)%nat ->
  (j < ins T i)%nat ->
  val (dsigns T w i h o j) (dbits i h o j) = veff i o j.
Proof.
  intros Hi Hh Ho Hj. pose proof (Hdig (i, h, o, j) ltac:(apply in_quads; auto)) as B.
  unfold baddigit in B. apply orb_false_iff in B as [B1 B2].
  assert (F : firstn e (dsigns T w i h o j) = map (dsign T w i h o j) (seq 0 e)).
  { unfold dsigns. apply firstn_digits. unfold digits. lia. }
  assert (B3 : In false (map (dsign T w i h o j) (seq 0 e))).
  { clear -B1. induction (seq 0 e) as [|a ls IH]; cbn in *; [discriminate|].
    destruct (dsign T w i h o j a); auto. }
  assert (B4 : In true (map (dsign T w i h o j) (seq 0 e))).
  { clear -B2. induction (seq 0 e) as [|a ls IH]; cbn in *; [discriminate|].
    destruct (dsign T w i h o j a); auto. }
  rewrite <- F in B3, B4. apply (E3_range _ e); auto.
  - rewrite dsigns_len. unfold digits. lia.
  - rewrite dsigns_len. replace (K - e)%nat with p by (unfold digits; lia). apply veff_range; auto.
Qed.

Definition pre (i o : nat) : R := rsum (fun j => IZR (veff i o j) * input i j) (seq 0 (ins T i)).

(** a reader adds up V u, whatever the signs *)
Lemma read_value i h o : (i < l)%nat -> In h (halves T i) -> (o < outs T i)%nat -> twin i ->
  rsum (fun b => sgR (w (time T i (K - 1), reader T w i h o, place T (time T i (K - 1)) w b))
                 * value (time T i (K - 1)) b) (kept i h o) = pre i o.
Proof.
  intros Hi Hh Ho Tw. unfold kept. rewrite rsum_map, rsum_filter, rsum_prod. cbn [fst snd].
  unfold pre.
  apply rsum_ext. intros j Hj. apply in_seq in Hj.
  rewrite <- (digits_value i h o j) by (auto; lia).
  rewrite val_sum by (unfold dbits; rewrite mask_length; auto). rewrite dsigns_len.
  rewrite Rmult_comm, <- rsum_scal. apply rsum_ext. intros k Hk. apply in_seq in Hk.
  rewrite wire_value by (auto; lia). unfold dsigns. rewrite nth_map_seq by lia. unfold dsign. ring.
Qed.

(** A1, one section: relu(V u), twice *)
Theorem A1_section i h o : (S i < l)%nat -> (o < outs T i)%nat -> twin i ->
  value (time T (S i) 0) (held h o) = relu (pre i o).
Proof.
  intros Hi Ho Tw. pose proof (slots_held T Hsizes i h o Hi Ho) as S1.
  assert (Hh : In h (halves T i)).
  { unfold halves. destruct (Nat.eqb_spec (S i) l); [lia|]. destruct h; cbn; auto. }
  rewrite <- (read_value i h o) by (auto; lia).
  unfold reader. destruct (Nat.eqb_spec (S i) l); [lia|].
  rewrite <- time_next in S1 |- * by auto.
  rewrite val_step; auto; [|rewrite time_next by auto; apply time_next_lt; auto].
  unfold req, added. rewrite kind_read by auto. destruct h; cbn [held rsum]; f_equal; lra.
Qed.

(** ** the whole network *)
Definition VR : nat -> mat := fun i r c => IZR (V i r c).

(** H2: the first layer splits every input into its positive and negative part, twice *)
Lemma split_value a j : (j < 2 * dims 0)%nat -> a = D j \/ a = D' j ->
  value 1 a = if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat).
Proof.
  intros Hj Ha.
  assert (S0 : In a (slots T 1)).
  { cbn [slots]. unfold tslots. cbn [kind_of]. unfold split_ds, split_ds'.
    rewrite in_app_iff, !in_split_gen.
    destruct Ha as [-> | ->]; eauto. }
  rewrite val_step by (auto using two_layers).
  assert (R : req T 0 a = [if (j <? dims 0)%nat then (D j, true) else (D (j - dims 0), false)]).
  { unfold req. cbn [kind_of]. destruct Ha as [-> | ->]; auto. }
  rewrite R. unfold added. cbn [kind_of rsum]. unfold value, Layers.value, act.
  destruct (Nat.ltb_spec j (dims 0)); cbn [fst snd sgR place hid layout_of lay_start start];
    f_equal; lra.
Qed.
Lemma all_twins i : (i < l)%nat -> twin i.
Proof.
  induction i as [|i IH]; intros Hi j Hj.
  - unfold input. change (time T 0 0) with 1%nat. unfold ins in Hj. cbn [Nat.eqb] in Hj.
    rewrite !(split_value _ j) by auto. auto.
  - unfold input. change (D' j) with (held false j). change (D j) with (held true j).
    specialize (IH ltac:(lia)). rewrite !A1_section; auto.
Qed.

Lemma pre_first o : pre 0 o = mv (dims 0) (VR 0) x o.
Proof.
  unfold pre, ins. cbn [Nat.eqb].
  rewrite (rsum_ext _ (fun j =>
    IZR (veff 0 o j) * (if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat)))).
  2:{ intros j Hj. apply in_seq in Hj. f_equal. unfold input. change (time T 0 0) with 1%nat.
      apply split_value; auto. lia. }
  replace (2 * dims 0)%nat with (dims 0 + dims 0)%nat by lia.
  rewrite seq_app, rsum_app, Nat.add_0_l, (seq_off (dims 0)), rsum_map, <- rsum_plus.
  unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj. unfold veff, VR. cbn [Nat.eqb].
  destruct (Nat.ltb_spec j (dims 0)); [|lia]. destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|].
  replace (dims 0 + j - dims 0)%nat with j by lia. rewrite opp_IZR.
  rewrite <- (relu_split (x j)) at 3. ring.
Qed.
Lemma pre_mv i : (i < l)%nat -> forall o, (o < outs T i)%nat ->
  pre i o = mv (dims i) (VR i) (hid dims VR x i) o.
Proof.
  induction i as [|i IH]; intros Hi o Ho.
  - apply pre_first.
  - unfold pre, ins. cbn [Nat.eqb]. unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj.
    unfold veff. cbn [Nat.eqb]. unfold VR at 1. f_equal. unfold input.
    change (D j) with (held true j).
    rewrite A1_section by (auto; try apply all_twins; unfold outs; lia).
    cbn [hid]. unfold vrelu. rewrite IH by (unfold outs; lia). auto.
Qed.

(** A1, exactness: the pruned network is the network of the integer matrices *)
Theorem A1_exact o : (o < dims l)%nat ->
  net (shape (dims 0%nat) (width T) L (dims l)) (pruned w Mask) L x o = net dims VR l x o.
Proof.
  intros Ho. set (i := (l - 1)%nat). assert (Ei : S i = l) by (unfold i; lia).
  assert (Et : S (time T i (K - 1)) = L) by (rewrite time_next, Ei, time_last by auto; auto).
  change (net (shape (dims 0%nat) (width T) L (dims l)) (pruned w Mask) L x o)
    with (net (lay_wd T) (pruned w (Layers.Mask T w added lasts)) (lay_L T) x o).
  destruct (kept_ok i true o ltac:(lia)) as [ND I].
  rewrite (out_value T (plan_valid T) w added lasts x Hok _ o Et ND I).
  unfold net. fold i. rewrite <- pre_mv by (try (unfold outs; rewrite Ei; auto); lia).
  rewrite <- (read_value i true o).
  - unfold reader. rewrite Ei, Nat.eqb_refl. reflexivity.
  - lia.
  - unfold halves. rewrite Ei, Nat.eqb_refl. left. auto.
  - unfold outs. rewrite Ei. auto.
  - apply all_twins. lia.
Qed.
End Values.

Lemma good_spec T w : good T w = true ->
  (forall t, (S t < depth T)%nat -> badlayer T t w = false) /\
  (forall q, In q (quads T) -> baddigit T w q = false).
Proof.
  unfold good, bad. intros H. apply negb_true_iff, orb_false_iff in H as [H1 H2].
  split.
  - intros t Ht. apply (proj1 (existsb_false _ _) H1 t). apply in_seq. lia.
  - apply (proj1 (existsb_false _ _) H2).
Qed.

(** good signs contain every target *)
Theorem good_contains (nm : Norm) T E eps w : (1 <= p_l T)%nat -> sizes T ->
  (forall i, (i <= p_l T)%nat -> (p_dims T i <= E)%nat) ->
  ((1 + eta_of E (p_p T)) ^ p_l T <= 1 + eps)%R ->
  good T w = true -> contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) eps w.
Proof.
  intros Hl Hs HD He Hg W HW. destruct (good_spec T w Hg) as [G1 G2].
  set (V := fun i r c => round2 (p_p T) (W i r c)).
  exists (Mask T w V). intros x Hx.
  eapply Rle_trans with ((1 + eta_of E (p_p T)) ^ p_l T - 1)%R; [|lra].
  eapply Rle_trans; [|apply (Q1_error nm (p_dims T) E (p_l T) (p_p T) W V x); auto].
  - right. apply nrm_ext. intros o Ho. unfold vsub. f_equal.
    rewrite (A1_exact T Hs Hl w V); auto.
    + rewrite H1_scaling; auto.
      * unfold shift. rewrite pow_mult, <- pow_inv. reflexivity.
      * left. apply Rinv_0_lt_compat, pow_lt. lra.
    + intros i r c Hi Hr Hc. apply (near_range _ (W i r c)); [apply round2_err|].
      eapply opnorm_entry; eauto.
  - intros i r c _ _ _. apply round2_err.
Qed.
